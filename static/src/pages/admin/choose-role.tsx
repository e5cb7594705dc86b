/** Which role somebody has, with a sentence on what it may do. */
import { t } from '../../i18n.ts';
import { Choose } from '../../ui/field.tsx';
import type { Role } from '../../wire.ts';

export function ChooseRole({ role, roles, choose }: { role: Role; roles: readonly Role[]; choose: (role: Role) => void }) {
  return (
    <Choose
      label={t('role')}
      hint={t(`role-${role}-may`)}
      value={role}
      onChange={(word) => choose(roles.find((one) => one === word) ?? role)}
      options={roles.map((one) => ({ value: one, label: t(`role-${one}`) }))}
    />
  );
}
