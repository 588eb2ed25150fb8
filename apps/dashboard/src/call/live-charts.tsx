import { Paper, SimpleGrid, Text } from '@mantine/core';
import { useEffect, useMemo, useSyncExternalStore } from 'react';
import type { Call } from '#sdk';
import { useLive } from '../live/use-live.ts';
import { bitrateText, levelText, percentText } from '../words/amounts.ts';
import { targetHost } from '../words/call-states.ts';
import { Chart } from './chart.tsx';
import type { ChartSeries } from './chart.tsx';
import { Section } from '../shell/section.tsx';
import { StatsRing } from './stats-ring.ts';
import type { StatsPoint } from './stats-ring.ts';

const ms = (value: number): string => `${value.toFixed(value > 0 && value < 10 ? 1 : 0)} ms`;
const kilobits = (value: number): string => bitrateText(value * 1_000);
const score = (value: number): string => value.toFixed(2);

interface Plot {
  readonly title: string;
  readonly series: readonly ChartSeries[];
  readonly range: readonly [number | null, number | null];
}

const line = (
  label: string,
  color: ChartSeries['color'],
  text: ChartSeries['text'],
  valueOf: (point: StatsPoint) => number | null,
): ChartSeries => ({ label, color, text, valueOf });

const SOUND: readonly Plot[] = [
  {
    title: 'Level',
    range: [-60, 0],
    series: [
      line('Loudness', 'cyan', levelText, ({ levelDbfs }) => levelDbfs),
      line('Peak', 'orange', levelText, ({ peakDbfs }) => peakDbfs),
    ],
  },
  {
    title: 'Loss',
    range: [0, null],
    series: [line('Lost packets', 'red', percentText, ({ lossPercent }) => lossPercent)],
  },
  {
    title: 'Jitter and buffer',
    range: [0, null],
    series: [
      line('Jitter', 'orange', ms, ({ jitterMs }) => jitterMs),
      line('Buffer', 'cyan', ms, ({ bufferMs }) => bufferMs),
    ],
  },
  {
    title: 'Round trip',
    range: [0, null],
    series: [line('Round trip', 'grape', ms, ({ roundTripMs }) => roundTripMs)],
  },
  {
    title: 'Quality (MOS)',
    range: [1, 5],
    series: [line('MOS', 'green', score, ({ mos }) => mos)],
  },
];

const plotsOf = (id: string, host: string): readonly Plot[] => [
  {
    title: `Bitrate to ${host}`,
    range: [0, null],
    series: [
      line('Sent', 'cyan', kilobits, ({ outputs }) => outputs.get(id)?.kilobitsPerSecond ?? null),
    ],
  },
  {
    title: `Queue to ${host}`,
    range: [0, null],
    series: [line('Waits', 'orange', ms, ({ outputs }) => outputs.get(id)?.queuedMs ?? null)],
  },
];

/** Outputs with charts of their own; the cards tell of the others. */
const MAX_OUTPUTS = 8;

/** The last ten minutes of a live call's figures, second by second. */
export function LiveCharts({ call }: { readonly call: Call }) {
  const ring = useRing(call.id);
  const outputs = call.outputs.filter(({ state }) => state !== 'closed' && state !== 'failed');
  return (
    <Section
      title="Live figures"
      aside={
        <Text size="xs" c="dimmed">
          Last 10 minutes
        </Text>
      }
    >
      <SimpleGrid cols={{ base: 2, md: 3, lg: 2, xl: 3 }} spacing="sm">
        {SOUND.map((plot) => (
          <PlotCard key={plot.title} plot={plot} ring={ring} />
        ))}
        {outputs.slice(0, MAX_OUTPUTS).map(({ id, url }) => (
          <OutputPlots key={id} id={id} host={targetHost(url)} ring={ring} />
        ))}
      </SimpleGrid>
    </Section>
  );
}

/** Filled for as long as the page shows the call. */
function useRing(callId: string): StatsRing {
  const { line: live, board } = useLive();
  const ring = useMemo(() => {
    const made = new StatsRing();
    const known = board.statsOf(callId);
    if (known !== undefined) made.take(known);
    return made;
  }, [board, callId]);
  useEffect(
    () =>
      live.onStats((stats) => {
        if (stats.callId === callId) ring.take(stats);
      }),
    [live, callId, ring],
  );
  return ring;
}

interface OutputPlotsProps {
  readonly id: string;
  readonly host: string;
  readonly ring: StatsRing;
}

function OutputPlots({ id, host, ring }: OutputPlotsProps) {
  // The same objects, so that the charts stay.
  const plots = useMemo(() => plotsOf(id, host), [id, host]);
  return plots.map((plot) => <PlotCard key={plot.title} plot={plot} ring={ring} />);
}

interface PlotCardProps {
  readonly plot: Plot;
  readonly ring: StatsRing;
}

function PlotCard({ plot: { title, series, range }, ring }: PlotCardProps) {
  return (
    <Paper withBorder p="xs" component="figure" m={0} className="figure">
      <Text size="sm" fw={600} component="figcaption" className="anywhere">
        {title}
      </Text>
      <Now ring={ring} series={series} />
      <Chart ring={ring} series={series} range={range} />
    </Paper>
  );
}

interface NowProps {
  readonly ring: StatsRing;
  readonly series: readonly ChartSeries[];
}

/** The newest figures as text. */
function Now({ ring, series }: NowProps) {
  const newest = useSyncExternalStore(ring.onChange, () => ring.newest);
  return (
    <Text size="xs" className="figures">
      {series.map(({ label, color, text, valueOf }) => {
        const value = newest === undefined ? null : valueOf(newest);
        return (
          <span key={label} className="series">
            <span className="swatch" data-color={color} aria-hidden />
            {label} {value === null ? 'unknown' : text(value)}
          </span>
        );
      })}
    </Text>
  );
}
