/** What was expected where smol-toml 1.9 says what was wrong. */
const EXPECTED: Readonly<Record<string, string>> = {
  'control characters are not allowed in comments': 'expected a comment without control characters',
  'control characters are not allowed in strings':
    'expected the closing quote on this line, or an escape like \\n',
  'document contains excessively nested structures. aborting.':
    'expected fewer lists or tables in each other',
  'each key-value declaration must be followed by an end-of-line': 'expected the end of the line',
  'expected comma or end of structure': 'expected a comma or the closing bracket',
  'expected end of table array declaration': 'expected "]]"',
  'illegal character in key': 'expected "=", or quotes around a key with such a character',
  'illegal character in numeric literal': 'expected a number, or quotes around text',
  'illegal empty bare key': 'expected a key',
  'illegal leading zero': 'expected a number without leading zero, or quotes around text',
  'incomplete key-value: cannot find end of key':
    'expected "=" after a key, or "]" after the name of a table',
  'invalid value': 'expected a value: text in quotes, a number, true, false, a list or a table',
  'trying to redefine an already defined table or value': 'expected a key or table that is not there already',
  'trying to redefine an already defined value': 'expected a key that is not there already',
  'unexpected end of key': 'expected a key',
  'unfinished array': 'expected "]" at the end of this list',
  'unfinished numeric value': 'expected a number, or quotes around text',
  'unfinished string': 'expected closing quotes at the end of this text',
  'unfinished table': 'expected "}" at the end of this table',
  'unrecognised escape sequence': 'expected an escape like \\n or \\\\ after the backslash',
};

/**
 * Returns what was expected, from the first line of a TomlError's message. The text is all
 * that smol-toml gives; a message of another release is passed on as it is.
 */
export function expectedFrom(message: string): string {
  const [reason = ''] = message.replace('Invalid TOML document: ', '').split('\n');
  return (Object.hasOwn(EXPECTED, reason) ? EXPECTED[reason] : undefined) ?? reason;
}
