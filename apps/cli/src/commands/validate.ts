import { readConfig } from '../config.ts';
import {
  definitionFile,
  formatProblems,
  listDefinitions,
  readDefinition,
  type Definition,
} from '../definitions.ts';
import { exitCodes } from '../exit.ts';
import type { GlobalOptions } from '../global-options.ts';
import { paint, printJson, printLines } from '../output.ts';

/** Checks definition files, or all of the services folder. Sends nothing. */
export async function validate(files: readonly string[], options: GlobalOptions): Promise<void> {
  const config = readConfig(options.config);
  const chosen =
    files.length > 0 ? files.map((file) => definitionFile(config, file)) : listDefinitions(config);
  const definitions = chosen.map((file) => readDefinition(config, file));
  const bad = definitions.filter((definition) => 'problems' in definition);
  if (options.json === true) {
    printJson(
      definitions.map((each) => ({ file: each.file, problems: 'problems' in each ? each.problems : [] })),
    );
  } else {
    printLines(definitions.flatMap(goodLine));
    for (const { problems } of bad) process.stderr.write(`${formatProblems(problems)}\n`);
    if (definitions.length === 0) printLines([`no definitions in ${config.services}`]);
  }
  process.exitCode = bad.length > 0 ? exitCodes.usage : exitCodes.done;
}

function goodLine(definition: Definition): string[] {
  if ('problems' in definition) return [];
  const { name, version, node, components } = definition.spec;
  const count = components.length === 1 ? '1 component' : `${components.length} components`;
  const label = version === '' ? name : `${name} ${version}`;
  return [`${paint('green', '✓')} ${label} on ${node}, ${count}`];
}
