/** Fluent files are imported as text. */
declare module '*.ftl?raw' {
  const text: string;
  export default text;
}
