import { describe, expect, it } from 'vitest';
import { QualityMeter } from './quality-meter.ts';
import type { QualitySample } from './quality-meter.ts';

/** A call of 50 packets a second. */
class Call {
  readonly meter = new QualityMeter();
  #stats = {
    packets: 0,
    duplicates: 0,
    lost: 0,
    late: 0,
    overflowed: 0,
    lossBursts: 0,
    bufferMs: 40,
  };

  /** @param change What a second adds to the figures. */
  pass(seconds: number, change: Partial<QualitySample['stats']> = { packets: 50 }): this {
    for (let second = 0; second < seconds; second++) {
      const { packets = 0, lost = 0, late = 0, lossBursts = 0, duplicates = 0 } = change;
      this.#stats = {
        packets: this.#stats.packets + packets,
        duplicates: this.#stats.duplicates + duplicates,
        lost: this.#stats.lost + lost,
        late: this.#stats.late + late,
        overflowed: 0,
        lossBursts: this.#stats.lossBursts + lossBursts,
        bufferMs: change.bufferMs ?? this.#stats.bufferMs,
      };
      this.meter.measure({ stats: this.#stats, codec: 'PCMU', roundTripMs: undefined });
    }
    return this;
  }
}

describe('the quality of a call', () => {
  it('is not known before anything has come in', () => {
    const { meter } = new Call().pass(3, {});

    expect([meter.mos, meter.averageMos, meter.lowestMos]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('is the best there is while every packet comes in time', () => {
    const { meter } = new Call().pass(20);

    expect(meter.mos).toBeGreaterThan(4.39);
    expect(meter.lowestMos).toBeGreaterThan(4.39);
  });

  it('sinks with loss, and with packets that come too late just as well', () => {
    const losing = new Call().pass(20, { packets: 45, lost: 5, lossBursts: 5 }).meter;
    const late = new Call().pass(20, { packets: 50, late: 5, lossBursts: 5 }).meter;

    // 10 % at random: R is 93 - 26.
    expect(losing.mos).toBeCloseTo(3.46, 1);
    expect(late.mos).toBeCloseTo(losing.mos ?? 0, 5);
  });

  it('sinks more when the same loss comes in one run', () => {
    const random = new Call().pass(20, { packets: 45, lost: 5, lossBursts: 5 }).meter;
    const run = new Call().pass(20, { packets: 45, lost: 5, lossBursts: 1 }).meter;

    expect(run.mos).toBeLessThan((random.mos ?? 0) - 0.2);
  });

  it('does not mind packets that come twice', () => {
    const { meter } = new Call().pass(20, { packets: 55, duplicates: 5 });

    expect(meter.mos).toBeGreaterThan(4.39);
  });

  it('sinks with the delay of the buffer', () => {
    const { meter } = new Call().pass(20, { packets: 50, bufferMs: 300 });

    expect(meter.mos).toBeLessThan(4);
  });

  it('is that of the last ten seconds; the worst and the average stay', () => {
    const call = new Call().pass(20).pass(10, { packets: 40, lost: 10, lossBursts: 10 });
    const worst = call.meter.mos ?? 0;
    const { meter } = call.pass(20);

    expect(worst).toBeLessThan(3.1);
    expect(meter.mos).toBeGreaterThan(4.39);
    expect(meter.lowestMos).toBe(worst);
    expect(meter.averageMos).toBeGreaterThan(worst);
    expect(meter.averageMos).toBeLessThan(4.3);
  });

  it('is not known any more ten seconds after the last packet', () => {
    const { meter } = new Call().pass(5).pass(11, {});

    expect(meter.mos).toBeUndefined();
    expect(meter.averageMos).toBeGreaterThan(4.39);
  });
});
