/** A small drawing of a line over time, in the page's own colours; what it shows is said in words beside it. */
import { t } from '../../i18n.ts';
import { highest, lowest, newest, pieces, roundUp } from '../../ledger/plotting.ts';
import { clock } from '../../when.ts';

const [WIDTH, HEIGHT, LEFT, TOP, BOTTOM] = [360, 120, 44, 8, 20];

interface Plotted {
  title: string;
  /** ms since 1970. */
  at: readonly number[];
  values: readonly (number | null)[];
  /** Writes a value with its unit. */
  say: (value: number) => string;
  /** The top of the scale when it is always the same: then the lowest value is what counts. */
  all?: number;
}

export function Plot({ title, at, values, say, all }: Plotted) {
  const top = all ?? roundUp(highest(values) ?? 0);
  const [last, worst] = [newest(values), all === undefined ? highest(values) : lowest(values)];
  const end = worst === null ? '' : say(worst);
  const said = last === null ? t('plot-none') : all === undefined ? t('plot-most', { value: say(last), most: end }) : t('plot-least', { value: say(last), least: end });
  return (
    <figure class="plot">
      <figcaption><strong>{title}</strong><span class="quiet">{said}</span></figcaption>
      <svg viewBox={`0 0 ${LEFT + WIDTH + 8} ${TOP + HEIGHT + BOTTOM}`} role="img" aria-label={t('plot-label', { title, said })}>
        <g transform={`translate(${LEFT} ${TOP})`}>
          {[0, 0.5, 1].map((share) => <Scale key={share} y={HEIGHT - share * HEIGHT} text={say(top * share)} />)}
          <Drawn values={values} most={top} />
          <Times at={at} />
        </g>
      </svg>
    </figure>
  );
}

function Scale({ y, text }: { y: number; text: string }) {
  return (
    <>
      <line class="axis" x1="0" x2={WIDTH} y1={y} y2={y} />
      <text x="-6" y={y + 4} text-anchor="end">{text}</text>
    </>
  );
}

function Drawn({ values, most }: { values: readonly (number | null)[]; most: number }) {
  return (
    <>
      {pieces(values, most, WIDTH, HEIGHT).map((spots) => {
        const [first] = spots;
        if (spots.length === 1 && first !== undefined) return <circle key={first.x} class="dot" cx={first.x} cy={first.y} r="3" />;
        return <polyline key={first?.x ?? 0} class="line" points={spots.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ')} />;
      })}
    </>
  );
}

function Times({ at }: { at: readonly number[] }) {
  const [first, last] = [at[0], at[at.length - 1]];
  if (first === undefined || last === undefined) return null;
  return (
    <>
      <text x="0" y={HEIGHT + 16}>{clock(first)}</text>
      <text x={WIDTH} y={HEIGHT + 16} text-anchor="end">{clock(last)}</text>
    </>
  );
}
