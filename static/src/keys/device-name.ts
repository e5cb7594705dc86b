/** What a device is called in the list of keys: its browser and its system, as people know them. */

const BROWSERS: readonly [RegExp, string][] = [
  [/Edg\//, 'Edge'], [/OPR\//, 'Opera'], [/SamsungBrowser\//, 'Samsung Internet'], [/Firefox\/|FxiOS\//, 'Firefox'],
  [/Chrome\/|CriOS\//, 'Chrome'], [/Safari\//, 'Safari'],
];
const SYSTEMS: readonly [RegExp, string][] = [
  [/iPhone/, 'iPhone'], [/iPad/, 'iPad'], [/Android/, 'Android'], [/Windows/, 'Windows'], [/Mac OS X/, 'Mac'], [/CrOS/, 'Chromebook'], [/Linux/, 'Linux'],
];

function find(table: readonly [RegExp, string][], agent: string): string | null {
  return table.find(([sign]) => sign.test(agent))?.[1] ?? null;
}

/** "Firefox, Linux"; never empty, because the server wants a name. */
export function deviceName(agent: string): string {
  return [find(BROWSERS, agent), find(SYSTEMS, agent)].filter((one) => one !== null).join(', ') || 'Browser';
}
