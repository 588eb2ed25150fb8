import 'uplot/dist/uPlot.min.css';
import { useEffect, useRef } from 'react';
import UPlot from 'uplot';
import type { StatsPoint, StatsRing } from './stats-ring.ts';

/** A line of a chart. */
export interface ChartSeries {
  readonly label: string;
  /** Of the theme; see `--chart-…` in the styles. */
  readonly color: 'cyan' | 'orange' | 'red' | 'green' | 'grape';
  /** A value as text. */
  readonly text: (value: number) => string;
  readonly valueOf: (point: StatsPoint) => number | null;
}

interface ChartProps {
  readonly ring: StatsRing;
  readonly series: readonly ChartSeries[];
  /** Null where the figures say it. */
  readonly range: readonly [number | null, number | null];
}

const HEIGHT_PX = 96;
/** What is to be seen: all there is, up to the longest, and no less than the shortest. */
const LONGEST_SECONDS = 600;
const SHORTEST_SECONDS = 60;
const AXIS_PX = 34;

/** A drawing that is kept up to date past React: it draws again only when the chart itself is another one. */
export function Chart({ ring, series, range }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const [low, high] = range;
  useEffect(() => {
    const { current } = place;
    if (current === null) return undefined;
    const drawing = new Drawing(current, ring, series, [low, high]);
    const unsubscribe = ring.onChange(() => drawing.update());
    return () => {
      unsubscribe();
      drawing.destroy();
    };
  }, [ring, series, low, high]);
  return <div ref={place} className="chart" aria-hidden />;
}

/** One chart on the page, in the colours and the width that it has now. */
class Drawing {
  readonly #place: HTMLElement;
  readonly #ring: StatsRing;
  readonly #series: readonly ChartSeries[];
  readonly #range: ChartProps['range'];
  readonly #sizes: ResizeObserver;
  readonly #scheme: MutationObserver;
  #plot: UPlot | undefined;

  constructor(
    place: HTMLElement,
    ring: StatsRing,
    series: readonly ChartSeries[],
    range: ChartProps['range'],
  ) {
    this.#place = place;
    this.#ring = ring;
    this.#series = series;
    this.#range = range;
    this.#sizes = new ResizeObserver(() => {
      this.#plot?.setSize({ width: place.clientWidth, height: HEIGHT_PX });
    });
    this.#sizes.observe(place);
    this.#scheme = new MutationObserver(() => this.#make());
    const attributeFilter = ['data-mantine-color-scheme'];
    this.#scheme.observe(document.documentElement, { attributeFilter });
    this.#make();
  }

  update(): void {
    if (!document.hidden) this.#plot?.setData(this.#columns());
  }

  destroy(): void {
    this.#sizes.disconnect();
    this.#scheme.disconnect();
    this.#plot?.destroy();
    this.#plot = undefined;
  }

  #make(): void {
    this.#plot?.destroy();
    this.#plot = new UPlot(this.#options(), this.#columns(), this.#place);
  }

  #columns(): UPlot.AlignedData {
    const { points } = this.#ring;
    return [
      points.map(({ at }) => at),
      ...this.#series.map(({ valueOf }) => points.map((point) => valueOf(point))),
    ];
  }

  #options(): UPlot.Options {
    const color = (name: string): string =>
      getComputedStyle(this.#place).getPropertyValue(name).trim();
    const axis = { stroke: color('--chart-text'), font: '10px system-ui', ticks: { show: false } };
    const grid = { stroke: color('--chart-grid'), width: 1 };
    const [low, high] = this.#range;
    return {
      width: this.#place.clientWidth,
      height: HEIGHT_PX,
      padding: [6, 6, 0, 0],
      legend: { show: false },
      cursor: { show: false },
      scales: {
        x: { range: (_plot, min, max) => [startOf(min, max), max] },
        y: {
          range: (_plot, min, max) => [low ?? min, high ?? Math.max(max * 1.1, (low ?? 0) + 1)],
        },
      },
      axes: [
        { ...axis, grid: { show: false }, size: 18, splits: wholeMinutes, values: howLongAgo },
        { ...axis, grid, size: AXIS_PX, space: 24 },
      ],
      series: [
        {},
        ...this.#series.map((series) => ({
          label: series.label,
          stroke: color(`--chart-${series.color}`),
          width: 1.5,
          points: { show: false },
        })),
      ],
    };
  }
}

const startOf = (oldest: number, newest: number): number =>
  Math.max(newest - LONGEST_SECONDS, Math.min(oldest, newest - SHORTEST_SECONDS));

/** Marks at even distances before the newest point. */
function wholeMinutes(_plot: UPlot, _axis: number, oldest: number, newest: number): number[] {
  const marks = 2;
  const stepSeconds = Math.max(30, Math.ceil((newest - oldest) / (marks + 1) / 60) * 60);
  const step = newest - oldest <= SHORTEST_SECONDS ? 30 : stepSeconds;
  const splits: number[] = [];
  for (let at = newest - step; at > oldest + step / 4; at -= step) splits.unshift(at);
  return splits;
}

/** The axis tells how long before the newest point it was. */
function howLongAgo(plot: UPlot, splits: readonly number[]): string[] {
  const newest = plot.scales['x']?.max ?? 0;
  return splits.map((at) => {
    const seconds = Math.round(newest - at);
    if (seconds < 1) return 'now';
    return seconds % 60 === 0 ? `−${seconds / 60} min` : `−${seconds} s`;
  });
}
