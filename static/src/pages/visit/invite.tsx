/** Inviting somebody into a call that goes on. */
import type { VisitDetail } from '../../api.ts';
import { Links } from '../links/links.tsx';

export function Invite({ detail }: { detail: VisitDetail }) {
  return <Links visit={detail.id} patient={detail.patient} />;
}
