const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 80;
const DEFAULT_COLUMNS = 80;
const CLEAR_LINE = '\r\x1b[2K';
const HIDE_CURSOR = '\x1b[?25l';
const SHOW_CURSOR = '\x1b[?25h';

/** A terminal whose last line moves while something runs. Stop it, or the cursor stays hidden. */
export interface Spinner {
  /** Prints lines for good, above the moving one. */
  print(lines: readonly string[]): void;
  /** What runs now, asked at every frame; undefined for nothing. */
  show(text: () => string | undefined): void;
  stop(): void;
}

export function startSpinner(stream: NodeJS.WriteStream): Spinner {
  let frame = 0;
  let text: () => string | undefined = () => undefined;
  stream.write(HIDE_CURSOR);

  function draw(): void {
    const shown = text();
    // A terminal that does not know its width says 0.
    const columns = stream.columns || DEFAULT_COLUMNS;
    // A line longer than the terminal would wrap, and the next frame would clear only its last part.
    const line =
      shown === undefined ? '' : `  ${FRAMES[frame % FRAMES.length]!} ${shown}`.slice(0, columns - 1);
    stream.write(CLEAR_LINE + line);
  }

  const timer = setInterval(() => {
    frame += 1;
    draw();
  }, FRAME_MS);

  return {
    print(lines) {
      if (lines.length > 0) stream.write(`${CLEAR_LINE}${lines.join('\n')}\n`);
      draw();
    },
    show(next) {
      text = next;
      draw();
    },
    stop() {
      clearInterval(timer);
      stream.write(CLEAR_LINE + SHOW_CURSOR);
    },
  };
}
