import { describe, expect, it } from 'vitest';
import { Secret } from '#foundation';
import { Fault } from '#domain';
import type { ClaimedCall, OutputId } from '#domain';
import type { Lease } from './lease.ts';
import { outletsByScheme, refusedOutlet } from './outlets.ts';
import type { MediaSource, OutletKind } from './ports.ts';

const fault = new Fault('RTMP_LOST');

/** A kind that writes down what it opens. */
const kind =
  (name: string, opened: string[]): OutletKind =>
  () =>
  ({ target }) => {
    opened.push(`${name} ${target.url}`);
    return { ...refusedOutlet(fault), ended: Promise.resolve(undefined) };
  };

function openingOf(opened: string[]) {
  const open = outletsByScheme({ 'rtmp:': kind('plain', opened), 'file:': kind('file', opened) })(
    {} as ClaimedCall,
    {} as Lease,
  );
  return (url: string) =>
    open({
      target: { id: 'out_1' as OutputId, url, streamKey: new Secret(''), urlCredentials: null },
      media: {} as MediaSource,
      onMoveAsked: () => undefined,
    });
}

describe('the kind of an outlet', () => {
  it('is that of the scheme, in any spelling', async () => {
    const opened: string[] = [];
    const open = openingOf(opened);

    const ends = [open('rtmp://a/live'), open('FILE:show.flv')].map(({ ended }) => ended);

    expect(opened).toEqual(['plain rtmp://a/live', 'file FILE:show.flv']);
    expect(await Promise.all(ends)).toEqual([undefined, undefined]);
  });

  it('is a refusal when no kind is of that scheme', async () => {
    const outlet = openingOf([])('srt://a/live');

    await expect(outlet.ready).rejects.toMatchObject({ code: 'RTMP_REFUSED' });
    expect(await outlet.ended).toMatchObject({ code: 'RTMP_REFUSED' });
  });
});
