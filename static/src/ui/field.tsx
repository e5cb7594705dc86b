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

type Kind = 'text' | 'password' | 'search' | 'tel' | 'email' | 'number' | 'date' | 'time' | 'datetime-local';
/** What every kind of input has, of which the roles of some are narrower. */
type Shared = Omit<preact.InputHTMLAttributes<HTMLInputElement>, 'type' | 'role' | 'list'>;

/** One line a kind: a type put in at run time can't be checked. */
const INPUTS: Record<Kind, (shared: Shared) => preact.VNode> = {
  text: (shared) => <input type="text" {...shared} />,
  password: (shared) => <input type="password" {...shared} />,
  search: (shared) => <input type="search" {...shared} />,
  tel: (shared) => <input type="tel" {...shared} />,
  email: (shared) => <input type="email" {...shared} />,
  number: (shared) => <input type="number" {...shared} />,
  date: (shared) => <input type="date" {...shared} />,
  time: (shared) => <input type="time" {...shared} />,
  'datetime-local': (shared) => <input type="datetime-local" {...shared} />,
};

export function Field(props: Common & {
  value: string;
  onInput: (value: string) => void;
  type?: Kind;
  autocomplete?: string;
  required?: boolean;
  maxLength?: number;
  /** The least and the most of a number, a date or a time. */
  min?: string;
  max?: string;
  /** Every character counts: no capitals by themselves, no spelling. */
  exact?: boolean;
  /** Which keyboard a phone shows. */
  inputMode?: 'numeric';
  autofocus?: boolean;
}) {
  const id = useId();
  const { value, onInput, type = 'text', autocomplete = 'off', required = false, maxLength, min, max, inputMode, autofocus } = props;
  const exact = props.exact === true || autocomplete === 'username' || (type !== 'text' && type !== 'search');
  const shared = {
    id,
    value,
    required,
    maxLength,
    min,
    max,
    inputMode,
    autofocus,
    autocomplete,
    autocapitalize: exact ? 'none' : 'sentences',
    ...(exact ? { spellcheck: false } : {}),
    'aria-invalid': props.error ? true : undefined,
    'aria-describedby': described(id, props),
    onInput: (event: { currentTarget: HTMLInputElement }) => onInput(event.currentTarget.value),
  } as const;
  return (
    <Frame id={id} label={props.label} hint={props.hint} error={props.error ?? null}>
      {INPUTS[type](shared)}
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

/** Something written over several lines. */
export function TextArea(props: Common & { value: string; onInput: (value: string) => void; required?: boolean; maxLength?: number; rows?: number }) {
  const id = useId();
  return (
    <Frame id={id} label={props.label} hint={props.hint} error={props.error ?? null}>
      <textarea
        id={id}
        value={props.value}
        required={props.required === true}
        maxLength={props.maxLength}
        rows={props.rows ?? 3}
        aria-invalid={props.error ? true : undefined}
        aria-describedby={described(id, props)}
        onInput={(event) => props.onInput(event.currentTarget.value)}
      />
    </Frame>
  );
}

/** Yes or no. */
export function Check({ label, hint, checked, onChange, required }: { label: string; hint?: string; checked: boolean; onChange: (checked: boolean) => void; required?: boolean }) {
  const id = useId();
  return (
    <div class="check">
      <input
        id={id}
        type="checkbox"
        checked={checked}
        required={required === true}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <label for={id}>{label}</label>
      {hint !== undefined && <p class="hint" id={`${id}-hint`}>{hint}</p>}
    </div>
  );
}
