/** The page in the archive that people read: plain HTML without scripts, for any browser, with or without a line. */
import { type Look, sentenceOf } from '../audit.ts';
import type { Consent } from '../consents.ts';
import type { Profile } from '../door/server.ts';
import { locale, t } from '../i18n.ts';
import { type Content, isPicture, titleOf } from '../records/content.ts';
import { day, when } from '../when.ts';
import type { OpenedVersion } from './bundle.ts';

/** A version that did not open here. */
export interface Unopened {
  /** It is in the archive as it is kept; if not, nobody is given it any more. */
  sealed: boolean;
  id: string;
  ver: number;
  at: number;
}

export interface Leaflet {
  name: string;
  profile: Profile | null;
  opened: readonly OpenedVersion[];
  unopened: readonly Unopened[];
  consents: readonly Consent[];
  /** What each says, in words. */
  consentLine(consent: Consent): string;
  looks: readonly Look[];
  now: number;
}

const STYLE = 'body{font:16px/1.5 system-ui,sans-serif;max-width:48rem;margin:2rem auto;padding:0 1rem;color:#123}article{border-top:1px solid #ccd;padding:1rem 0}pre{white-space:pre-wrap;font:inherit}table{border-collapse:collapse}td,th{border:1px solid #ccd;padding:.25rem .5rem;text-align:start}.quiet{color:#567}img{max-width:100%}';

/** Text as HTML has it. */
export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

export function leaflet(of: Leaflet): string {
  const newest = of.opened.filter((one) => one.ver === one.record.ver).sort((one, other) => other.at - one.at);
  const title = escaped(t('leaflet-title', { name: of.name }));
  const body = [
    `<h1>${title}</h1>`,
    paragraph(t('leaflet-why', { day: day(of.now) })),
    paragraph(t('leaflet-how')),
    heading(t('leaflet-records')),
    newest.length === 0 ? paragraph(t('leaflet-none')) : newest.map((one) => article(one, of)).join('\n'),
    of.unopened.length === 0 ? '' : heading(t('leaflet-unopened')) + paragraph(t('leaflet-unopened-why')) + items(of.unopened.map((one) => `${day(one.at)}: ${one.sealed ? `sealed/${one.id}-v${one.ver}.jwe.json` : t('leaflet-kept')}`)),
    heading(t('leaflet-consents')),
    of.consents.length === 0 ? paragraph(t('leaflet-none')) : items(of.consents.map((one) => `${when(one.made_at, of.now)}: ${of.consentLine(one)}`)),
    heading(t('leaflet-looks')),
    of.looks.length === 0 ? paragraph(t('leaflet-none')) : items(of.looks.map((one) => `${when(one.at, of.now)}: ${sentenceOf(one)}`)),
  ];
  return `<!doctype html>\n<html lang="${escaped(locale.peek())}">\n<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src 'self' file:; style-src 'unsafe-inline'"><title>${title}</title><style>${STYLE}</style></head>\n<body>\n${body.join('\n')}\n</body>\n</html>\n`;
}

function heading(text: string): string {
  return `<h2>${escaped(text)}</h2>`;
}

function paragraph(text: string): string {
  return `<p>${escaped(text)}</p>`;
}

function items(lines: readonly string[]): string {
  return `<ul>${lines.map((one) => `<li>${escaped(one)}</li>`).join('')}</ul>`;
}

function article(one: OpenedVersion, of: Leaflet): string {
  const older = of.opened.filter((other) => other.record.id === one.record.id && other.ver < one.ver);
  const title = nameOf(one);
  return `<article><h3>${escaped(title)}</h3><p class="quiet">${escaped(`${when(one.at, of.now)} · ${one.author}`)}</p>${bodyOf(one.content, one.path)}${older.length === 0 ? '' : `<p class="quiet">${escaped(t('leaflet-older'))} ${older.map((other) => link(other.path, String(other.ver))).join(', ')}</p>`}</article>`;
}

function nameOf({ record, content }: OpenedVersion): string {
  return content.kind === 'transcript' ? t('leaflet-visit', { name: record.doctor?.name ?? record.author }) : titleOf(content);
}

function link(path: string, text: string): string {
  return `<a href="${escaped(encodeURI(path))}">${escaped(text)}</a>`;
}

function bodyOf(content: Content, path: string): string {
  switch (content.kind) {
    case 'transcript': return content.transcript.messages.map((one) => `<p><strong>${escaped(one.name)}</strong><br>${escaped(one.text ?? '')}</p>`).join('');
    case 'note':
    case 'letter': return `<pre>${escaped(content.text)}</pre>`;
    case 'lab': return `<table>${content.results.map((one) => `<tr><td>${escaped(one.name)}</td><td>${escaped([one.value, one.unit].join(' '))}</td><td>${escaped(one.range ?? '')}</td></tr>`).join('')}</table>`;
    case 'document':
    case 'image': return `<p>${link(path, content.name)}</p>${isPicture(content.type) ? `<img src="${escaped(encodeURI(path))}" alt="">` : ''}`;
  }
}
