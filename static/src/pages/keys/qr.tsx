/** A text as a QR code: dark on light in both themes, as cameras want it. The code that draws it is fetched when it is shown. */
import type { Bitmap2D } from 'lean-qr';
import { useEffect, useState } from 'preact/hooks';

/** Light cells around the code, which the standard asks for. */
const QUIET = 4;

function cells(code: Bitmap2D): string {
  const all = Array.from({ length: code.size }, (_, i) => i);
  return all.flatMap((y) => all.filter((x) => code.get(x, y)).map((x) => `M${x} ${y}h1v1h-1z`)).join('');
}

export function Qr({ text, label }: { text: string; label: string }) {
  const [code, setCode] = useState<Bitmap2D | null>(null);
  useEffect(() => {
    void import('lean-qr').then(({ generate }) => setCode(generate(text)), () => undefined);
  }, [text]);
  if (code === null) return <div class="qr" />;
  const width = code.size + 2 * QUIET;
  return (
    <svg class="qr" role="img" aria-label={label} viewBox={`${-QUIET} ${-QUIET} ${width} ${width}`} shape-rendering="crispEdges">
      <path d={cells(code)} />
    </svg>
  );
}
