/** Buttons: one `primary` a screen, `plain` for the rest, `stop` for what ends or destroys. */
import type { IconNode } from 'lucide';
import type { ComponentChildren } from 'preact';

import { Icon } from './icon.tsx';

export interface ButtonProps {
  kind?: 'primary' | 'plain' | 'quiet' | 'stop';
  icon?: IconNode;
  /** A name for screen readers that says more than the label, and begins with it. */
  name?: string;
  wide?: boolean;
  /** The one thing on the page. */
  big?: boolean;
  submit?: boolean;
  disabled?: boolean;
  /** The work it started is under way: it can't be pressed twice. */
  busy?: boolean;
  autofocus?: boolean;
  onClick?: () => void;
  children?: ComponentChildren;
}

export function Button({ kind = 'plain', icon, name, wide, big, submit, disabled, busy, autofocus, onClick, children }: ButtonProps) {
  return (
    <button
      type={submit === true ? 'submit' : 'button'}
      class={`button ${kind}${wide === true || big === true ? ' wide' : ''}${big === true ? ' big' : ''}`}
      aria-label={name}
      aria-busy={busy === true}
      autofocus={autofocus}
      disabled={disabled === true || busy === true}
      onClick={onClick}
    >
      {icon !== undefined && <Icon of={icon} />}
      {children}
    </button>
  );
}

/** A round control of the call: an icon with a name, and the name as a tip. */
export function Control({ icon, label, kind = '', badge, onClick, expanded }: {
  icon: IconNode;
  label: string;
  kind?: '' | 'off' | 'stop';
  /** What is new behind it: a number to see and a sentence to hear. */
  badge?: { count: string; text: string } | undefined;
  onClick: () => void;
  expanded?: boolean;
}) {
  return (
    <span class="control-place">
      <button type="button" class={`control ${kind}`} aria-label={label} aria-description={badge?.text} title={label} aria-expanded={expanded} onClick={onClick}>
        <Icon of={icon} size={24} />
      </button>
      {badge !== undefined && <span class="count" aria-hidden="true">{badge.count}</span>}
    </span>
  );
}
