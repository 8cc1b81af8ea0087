import type { EnvVar } from '@mcp/proto/agent';
import { mustBe, textForm, type Form } from './form.ts';
import type { Section } from './section.ts';
import { quote } from './quote.ts';

const NAME = /^[^\s=\p{Cc}]+$/u;

/** Stands where a wrong one was, so that the others keep their index. */
const NO_VARIABLE: EnvVar = { name: '', value: '' };

/** Reads `env`, a list of "KEY=VALUE" or a table. */
export function readEnvironment(section: Section): EnvVar[] {
  if (section.isList('env')) {
    return (section.readList('env', assignment) ?? []).map((variable) => variable ?? NO_VARIABLE);
  }
  const table = section.openTable('env', { title: `env of ${section.title}` });
  return (table?.keys ?? []).map((name) => {
    if (!NAME.test(name)) {
      table?.reportKey(
        name,
        `${quote(name)} in env of ${section.title} must be a variable name without "=" and blanks`,
      );
    }
    return { name, value: table?.read(name, variableValue) ?? '' };
  });
}

const assignment = textForm<EnvVar>('"KEY=VALUE"', (text) => {
  const equals = text.indexOf('=');
  const name = text.slice(0, Math.max(equals, 0));
  return NAME.test(name) && !text.includes('\0') ? { name, value: text.slice(equals + 1) } : undefined;
});

const variableValue: Form<string> = (value) => {
  if (typeof value === 'bigint' || typeof value === 'boolean') return { value: String(value) };
  return typeof value === 'string' && !value.includes('\0')
    ? { value }
    : mustBe('text, an integer, true or false', value);
};
