/** The links of a visit, in front of a list of visits. */
import { t } from '../../i18n.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { Links, type LinksProps } from './links.tsx';

export function LinksDialog({ close, ...props }: LinksProps & { close: () => void }) {
  return (
    <Dialog title={t('links-of', { name: props.patient })} onClose={close}>
      <Links {...props} />
    </Dialog>
  );
}
