import { OperationEvent } from '@mcp/proto/agent';
import { formatDuration } from './duration.ts';
import { betweenSteps, logLines, runningSteps, terminalLines } from './operation-view.ts';
import { isLive, paint, printJson, printLines } from './output.ts';
import { startSpinner } from './spinner.ts';

/** Shows the events of one operation as they come. */
export interface OperationPrinter {
  event(event: OperationEvent): void;
  /** Says something that is no event. */
  say(text: string): void;
  /** Shows a question with its choices until `answered`; events go on above it. */
  ask(question: string, choices: string): void;
  answered(): void;
  /** Ends what moves; what is printed afterwards stands below. */
  end(): void;
}

/** JSON lines, or else, below the title, a live step list on a terminal, or one plain line per event. */
export function createOperationPrinter(title: string, json: boolean): OperationPrinter {
  if (json) return createJsonPrinter();
  return isLive() ? createLivePrinter(title) : createLogPrinter(title);
}

/** Nobody is asked, and what is said is for people. */
function createJsonPrinter(): OperationPrinter {
  return {
    event: (event) => printJson(OperationEvent.toJSON(event), 'line'),
    say: () => {},
    ask: () => {},
    answered: () => {},
    end: () => {},
  };
}

function createLogPrinter(title: string): OperationPrinter {
  printLines([title]);
  return {
    event: ({ event }) => event && printLines(logLines(event)),
    say: (text) => printLines([text]),
    ask: (question, choices) => printLines([question, choices]),
    answered: () => {},
    end: () => {},
  };
}

function createLivePrinter(title: string): OperationPrinter {
  printLines([paint('bold', title)]);
  const spinner = startSpinner(process.stdout);
  const startedAtMs = new Map<string, number>();
  let running: readonly string[] = [];
  let between: string | undefined;
  let asked: string | undefined;

  function currentLine(): string | undefined {
    if (asked !== undefined) return asked;
    const [oldest] = running;
    if (oldest === undefined) return between;
    const elapsedMs = performance.now() - (startedAtMs.get(oldest) ?? performance.now());
    // A duration that flickers past says nothing; one that stays is worth reading.
    return running.join(', ') + (elapsedMs < 1000 ? '' : `  ${formatDuration(elapsedMs)}`);
  }

  spinner.show(currentLine);
  return {
    event({ event }) {
      if (!event) return;
      if (event.$case === 'stepStarted') startedAtMs.set(event.value.step, performance.now());
      running = runningSteps(running, event);
      between = betweenSteps(between, event);
      spinner.print(terminalLines(event, paint));
    },
    say: (text) => spinner.print(text.split('\n').map((line) => paint('yellow', `  … ${line}`))),
    ask(question, choices) {
      asked = choices;
      spinner.print([paint('bold', question)]);
    },
    answered() {
      asked = undefined;
      spinner.print([]);
    },
    end: () => spinner.stop(),
  };
}
