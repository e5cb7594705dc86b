/** The safety phrases: five words with each other person, to be read aloud and found the same. */
import { t } from '../../i18n.ts';
import type { PairView } from '../../seal/pairs.ts';
import { inWords } from '../../seal/phrase.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Badge, Notice } from '../../ui/parts.tsx';
import type { Session } from '../../visit/session.ts';
import type { SeatView } from '../../wire.ts';

export function PhraseDialog({ session, close }: { session: Session; close: () => void }) {
  const present = session.shield.present.value;
  return (
    <Dialog title={t('phrase-title')} onClose={close}>
      <div class="stack">
        <p>{t('phrase-what')}</p>
        {present.length === 0 && <p class="quiet">{t('phrase-alone')}</p>}
        {present.map((one) => <Pair key={one.id} session={session} person={one} pair={session.shield.pair(one.id)} />)}
      </div>
    </Dialog>
  );
}

function Pair({ session, person, pair }: { session: Session; person: SeatView; pair: PairView | null }) {
  const { name } = person;
  const words = pair?.phrase ?? null;
  const wrong = pair?.mine === false || pair?.theirs === false;
  return (
    <section class="stack pair" aria-label={t('phrase-with', { name })}>
      <div class="pair-head"><h3 dir="auto">{name}</h3><State pair={pair} /></div>
      {words === null ? <p class="quiet">{t('phrase-soon')}</p> : <ol class="phrase" aria-label={t('phrase-words', { name })}>{inWords(words).map((word, i) => <li key={i}>{word}</li>)}</ol>}
      {wrong && <Notice meaning="stop" alert><p>{t(pair?.mine === false ? 'phrase-wrong' : 'phrase-wrong-theirs', { name })}</p><p>{t('phrase-wrong-do')}</p></Notice>}
      {words !== null && !wrong && pair?.mine === null && <p>{t('phrase-ask')}</p>}
      {pair?.mine === true && pair.theirs === null && !pair.verified && <p class="quiet" role="status">{t('phrase-waiting', { name })}</p>}
      {words !== null && (
        <div class="actions">
          {pair?.mine !== true && <Button kind="primary" name={t('phrase-same-name', { name })} onClick={() => session.check(person.id, true)}>{t('phrase-same')}</Button>}
          {pair?.mine !== false && <Button name={t('phrase-different-name', { name })} onClick={() => session.check(person.id, false)}>{t('phrase-different')}</Button>}
        </div>
      )}
    </section>
  );
}

function State({ pair }: { pair: PairView | null }) {
  if (pair?.mine === false || pair?.theirs === false) return <Badge meaning="stop">{t('phrase-state-wrong')}</Badge>;
  if (pair?.verified === true) return <Badge meaning="good">{t('phrase-state-same')}</Badge>;
  return <Badge meaning="wait">{t('phrase-state-open')}</Badge>;
}
