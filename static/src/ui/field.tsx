/** A question with its label, its hint and what is wrong with the answer. */
import { useId } from 'preact/hooks';

interface Common {
  label: string;
  hint?: string | undefined;
  error?: string | null;
}

function Frame({ id, label, hint, error, children }: Common & { id: string; children: preact.ComponentChildren }) {
  return (
    <div class={`field${error ? ' wrong' : ''}`}>
      <label for={id}>{label}</label>
      {hint !== undefined && <p class="hint" id={`${id}-hint`}>{hint}</p>}
      {children}
      {error && <p class="error" id={`${id}-error`}>{error}</p>}
    </div>
  );
}

function described(id: string, { hint, error }: Common): string | undefined {
  const ids = [hint === undefined ? '' : `${id}-hint`, error ? `${id}-error` : ''].filter((one) => one !== '');
  return ids.length > 0 ? ids.join(' ') : undefined;
}

export function Field(props: Common & {
  value: string;
  onInput: (value: string) => void;
  type?: 'text' | 'password' | 'search';
  autocomplete?: string;
  required?: boolean;
  maxLength?: number;
  /** Every character counts: no capitals by themselves, no spelling. */
  exact?: boolean;
}) {
  const id = useId();
  const { value, onInput, type = 'text', autocomplete = 'off', required = false, maxLength } = props;
  const exact = props.exact === true || autocomplete === 'username' || type === 'password';
  const shared = {
    id,
    value,
    required,
    maxLength,
    autocomplete,
    autocapitalize: exact ? 'none' : 'sentences',
    ...(exact ? { spellcheck: false } : {}),
    'aria-invalid': props.error ? true : undefined,
    'aria-describedby': described(id, props),
    onInput: (event: { currentTarget: HTMLInputElement }) => onInput(event.currentTarget.value),
  } as const;
  return (
    <Frame id={id} label={props.label} hint={props.hint} error={props.error ?? null}>
      {type === 'search' && <input type="search" {...shared} />}
      {type === 'password' && <input type="password" {...shared} />}
      {type === 'text' && <input type="text" {...shared} />}
    </Frame>
  );
}

export function Choose(props: Common & {
  value: string;
  options: readonly { value: string; label: string }[];
  onChange: (value: string) => void;
}) {
  const id = useId();
  return (
    <Frame id={id} label={props.label} hint={props.hint} error={props.error ?? null}>
      <select
        id={id}
        value={props.value}
        aria-describedby={described(id, props)}
        onChange={(event) => props.onChange(event.currentTarget.value)}
      >
        {props.options.map((one) => <option key={one.value} value={one.value}>{one.label}</option>)}
      </select>
    </Frame>
  );
}
