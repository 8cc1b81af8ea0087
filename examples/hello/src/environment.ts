/** The variables that the platform gave this container. */
export function platformVariables(): Record<string, string> {
  const entries = Object.entries(process.env).filter(([name]) => /^(PORT|PEER)(_|$)/.test(name));
  return Object.fromEntries(entries.map(([name, value]) => [name, value ?? '']));
}
