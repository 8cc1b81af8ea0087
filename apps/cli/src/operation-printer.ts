import { OperationEvent } from '@mcp/proto/agent';
import { formatDuration } from './duration.ts';
import {
  betweenSteps,
  logLines,
  runningSteps,
  terminalLines,
  titleLine,
  type Subject,
} from './operation-view.ts';
import { isLive, paint, printJson, printLines } from './output.ts';
import { startSpinner } from './spinner.ts';

/** Shows the events of one operation as they come. */
export interface OperationPrinter {
  event(event: OperationEvent): void;
  /** Ends what moves; what is printed afterwards stands below. */
  end(): void;
}

/** JSON lines, a live step list on a terminal, or else one plain line per event. */
export function createOperationPrinter(subject: Subject, json: boolean): OperationPrinter {
  if (json) return { event: (event) => printJson(OperationEvent.toJSON(event), 'line'), end: () => {} };
  return isLive() ? createLivePrinter(subject) : createLogPrinter(subject);
}

function createLogPrinter(subject: Subject): OperationPrinter {
  printLines([titleLine(subject)]);
  return { event: ({ event }) => event && printLines(logLines(event)), end: () => {} };
}

function createLivePrinter(subject: Subject): OperationPrinter {
  printLines([paint('bold', titleLine(subject))]);
  const spinner = startSpinner(process.stdout);
  const startedAtMs = new Map<string, number>();
  let running: readonly string[] = [];
  let between: string | undefined;

  function currentLine(): string | undefined {
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
    end: () => spinner.stop(),
  };
}
