import type { CallReport } from './verdict.ts';

const COLUMNS: readonly (readonly [title: string, cell: (report: CallReport) => string])[] = [
  ['call', ({ call }) => call.callId],
  ['codec', ({ stream }) => `${stream.codec} ${stream.profile}`],
  ['rate', ({ stream }) => `${stream.sampleRate} Hz`],
  ['duration', ({ stream }) => `${stream.durationSec.toFixed(2)} s`],
  ['on air', ({ stream }) => `${stream.onAirSec.toFixed(2)} s`],
  ['tone sent', ({ stream }) => `${stream.expectedToneHz} Hz`],
  ['tone found', ({ stream }) => `${stream.toneHz} Hz`],
  ['gaps', ({ stream }) => String(stream.gaps)],
  ['answered to media', ({ setup }) => `${setup.answeredToFirstMediaMs} ms`],
  ['', ({ ok }) => (ok ? 'ok' : 'NOT RIGHT')],
];

/** The figures of all calls as a table, and below it what is not right. */
export function formatReports(reports: readonly CallReport[]): string {
  const rows = [
    COLUMNS.map(([title]) => title),
    ...reports.map((report) => COLUMNS.map(([, cell]) => cell(report))),
  ];
  const widths = COLUMNS.map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const problems = reports.flatMap(({ call, problems: found }) =>
    found.map((problem) => `${call.callId}: ${problem}`),
  );
  return [...lines, ...problems].join('\n');
}

/** True when there are calls and nothing is wrong with any. */
export function isAllRight(reports: readonly CallReport[]): boolean {
  return reports.length > 0 && reports.every(({ ok }) => ok);
}

/** The one line of `--once`: the first call in full, all of them in `calls`. */
export function formatJson(reports: readonly CallReport[]): string {
  const [first] = reports;
  return JSON.stringify({
    ok: isAllRight(reports),
    call: first?.call,
    stream: first?.stream,
    setup: first?.setup,
    calls: reports,
  });
}

/** The same line when the demo itself failed. */
export function formatFailure(error: unknown): string {
  const detail = error instanceof Error ? error.message : String(error);
  return JSON.stringify({ ok: false, error: detail, calls: [] });
}
