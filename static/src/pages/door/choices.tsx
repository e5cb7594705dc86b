/** One of a few: large targets, one under the other. */
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

export interface Option {
  value: string;
  label: string;
  hint?: string;
  /** The language of the label, where it is another. */
  lang?: string;
}

export function Choices({ legend, hidden, options, value, onChange, error }: {
  legend: string;
  /** The heading of the page asks it already. */
  hidden?: boolean;
  options: readonly Option[];
  value: string | null;
  onChange: (value: string) => void;
  error?: ComponentChildren;
}) {
  const name = useId();
  return (
    <fieldset class="choices">
      <legend class={hidden === true ? 'unseen' : undefined}>{legend}</legend>
      {error}
      {options.map((one) => (
        <label key={one.value} class="choice">
          <input type="radio" name={name} value={one.value} checked={one.value === value} required onChange={() => onChange(one.value)} />
          <span class="choice-text">
            <span lang={one.lang} dir="auto">{one.label}</span>
            {one.hint !== undefined && <span class="hint">{one.hint}</span>}
          </span>
        </label>
      ))}
    </fieldset>
  );
}
