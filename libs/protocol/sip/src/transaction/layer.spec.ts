import { describe, expect, it } from 'vitest';
import { arrivalFrom, MemoryOutlet, sipRequest, sipResponse, VirtualTime } from '#testkit';
import type { SipRequest } from '../message/message.ts';
import { TransactionLayer } from './layer.ts';
import type { Admission } from './layer.ts';
import type { ServerTransaction } from './server-transaction.ts';
import { DEFAULT_SIP_TIMERS } from './timer-values.ts';

function setup(maxTransactions = 10, admit: () => Admission = () => 'serve') {
  const time = new VirtualTime();
  const outlet = new MemoryOutlet(time);
  const opened: [ServerTransaction, ServerTransaction | undefined][] = [];
  const acks: SipRequest[] = [];
  const heard: string[] = [];
  const layer = new TransactionLayer({
    outlet,
    timers: time,
    config: DEFAULT_SIP_TIMERS,
    maxTransactions,
    user: {
      admit,
      request: (transaction, cancelled) => opened.push([transaction, cancelled]),
      ack: (ack) => acks.push(ack),
    },
  });
  const send = (request: SipRequest): void =>
    layer
      .createClient(request, arrivalFrom().path, {
        response: (response) =>
          heard.push(`${response.status} ${response.headers.get('CSeq') ?? ''}`),
        timedOut: () => heard.push('timedOut'),
        transportFailed: (reason) => heard.push(reason),
      })
      .start();
  return { time, outlet, layer, opened, acks, heard, send };
}

describe('the transaction layer', () => {
  it('tells an INVITE and its CANCEL apart by method, as they share a branch', () => {
    const { layer, heard, send } = setup();
    const invite = sipRequest();
    const cancel = sipRequest({ method: 'CANCEL' });
    send(invite);
    send(cancel);

    layer.receive(sipResponse(cancel, 200), arrivalFrom());
    layer.receive(sipResponse(invite, 487), arrivalFrom());

    expect(heard).toEqual(['200 1 CANCEL', '487 1 INVITE']);
  });

  it('makes no transaction for a request that the user drops', () => {
    const { layer, outlet, opened } = setup(10, () => 'drop');

    layer.receive(sipRequest(), arrivalFrom());

    expect([opened.length, layer.serverCount, outlet.sent.length]).toEqual([0, 0, 0]);
  });

  it('refuses a request that comes by a second way with 482, as long as the first is served', () => {
    const { layer, outlet, opened, time } = setup();
    const first = sipRequest({ branch: 'z9hG4bKway1' });
    layer.receive(first, arrivalFrom());

    layer.receive(sipRequest({ branch: 'z9hG4bKway2' }), arrivalFrom());
    const merged = outlet.log;
    opened[0]?.[0].respond(sipResponse(first, 486));
    time.advance(64_000);
    layer.receive(sipRequest({ branch: 'z9hG4bKway3' }), arrivalFrom());

    expect(merged).toEqual(['482 INVITE']);
    expect(layer.dropped.merged).toBe(1);
    expect(opened).toHaveLength(2);
  });

  it('does not take a request within a dialog, or a CANCEL, for one by a second way', () => {
    const { layer, outlet, opened } = setup();
    const to = '<sip:bob@192.0.2.2>;tag=b';

    for (const branch of ['z9hG4bKway1', 'z9hG4bKway2']) {
      layer.receive(sipRequest({ method: 'INFO', to, branch }), arrivalFrom());
      layer.receive(sipRequest({ method: 'CANCEL', branch }), arrivalFrom());
    }

    expect(opened).toHaveLength(4);
    expect(outlet.sent).toEqual([]);
  });

  it('answers without a transaction as often as a request is repeated', () => {
    const request = sipRequest();
    const { layer, outlet, opened, time } = setup(10, () => sipResponse(request, 603));

    layer.receive(request, arrivalFrom());
    layer.receive(request, arrivalFrom());

    expect(outlet.log).toEqual(['603 INVITE', '603 INVITE']);
    expect([opened.length, layer.serverCount, time.pendingCount]).toEqual([0, 0, 0]);
  });

  it('asks nobody about the CANCEL of an INVITE that it serves', () => {
    const asked: string[] = [];
    const { layer, opened } = setup(10, () => {
      asked.push('asked');
      return 'serve';
    });

    layer.receive(sipRequest(), arrivalFrom());
    layer.receive(sipRequest({ method: 'CANCEL' }), arrivalFrom());

    expect([asked.length, opened.length]).toEqual([1, 2]);
  });

  it('drops responses to nobody, with a foreign sent-by, or with a second Via', () => {
    const { layer, heard, send } = setup();
    const request = sipRequest({ method: 'OPTIONS' });
    send(request);
    const foreign = sipResponse(sipRequest({ method: 'OPTIONS', viaHost: '192.0.2.9' }), 200);
    const twoVias = sipResponse(request, 200);
    twoVias.headers.append('Via', 'SIP/2.0/UDP 192.0.2.7;branch=z9hG4bKx');
    const stray = sipResponse(sipRequest({ method: 'OPTIONS', branch: 'z9hG4bKother' }), 200);

    for (const response of [foreign, twoVias, stray]) layer.receive(response, arrivalFrom());

    expect(heard).toEqual([]);
    expect(layer.dropped.strayResponses).toBe(3);
  });

  it('hands a CANCEL over together with the INVITE it means', () => {
    const { layer, opened } = setup();
    layer.receive(sipRequest(), arrivalFrom());
    layer.receive(sipRequest({ method: 'CANCEL' }), arrivalFrom());
    layer.receive(sipRequest({ method: 'CANCEL', branch: 'z9hG4bKnone' }), arrivalFrom());

    expect(opened[1]?.[1]).toBe(opened[0]?.[0]);
    expect(opened[2]?.[1]).toBeUndefined();
  });

  it('finds requests of peers without the magic cookie by their identity', () => {
    const { layer, opened } = setup();
    const old = (method: string, cseq = 1): SipRequest => sipRequest({ method, branch: '1', cseq });

    layer.receive(old('INVITE'), arrivalFrom());
    layer.receive(old('INVITE'), arrivalFrom());
    layer.receive(old('INVITE', 2), arrivalFrom());
    layer.receive(old('CANCEL', 2), arrivalFrom());

    expect(opened.map(([transaction]) => transaction.request.headers.get('CSeq'))).toEqual([
      '1 INVITE',
      '2 INVITE',
      '2 CANCEL',
    ]);
    expect(opened[2]?.[1]).toBe(opened[1]?.[0]);
  });

  it('takes a branch that is nothing but the magic cookie for none', () => {
    const { layer, opened } = setup();
    const bare = (cseq: number): SipRequest =>
      sipRequest({ method: 'INFO', branch: 'z9hG4bK', cseq });

    layer.receive(bare(1), arrivalFrom());
    layer.receive(bare(1), arrivalFrom());
    layer.receive(bare(2), arrivalFrom());

    expect(opened).toHaveLength(2);
  });

  it('tells requests with the same branch from different senders apart', () => {
    const { layer, opened } = setup();

    layer.receive(sipRequest({ method: 'INFO', viaHost: '192.0.2.7' }), arrivalFrom());
    layer.receive(
      sipRequest({ method: 'INFO', viaHost: '192.0.2.8', callId: 'call-2' }),
      arrivalFrom(),
    );

    expect(opened).toHaveLength(2);
  });

  it('serves no more requests than it may hold, and says when it is full', () => {
    const { layer, opened, send } = setup(1);

    layer.receive(sipRequest({ method: 'INFO', branch: 'z9hG4bK1' }), arrivalFrom());
    layer.receive(
      sipRequest({ method: 'INFO', branch: 'z9hG4bK2', callId: 'call-2' }),
      arrivalFrom(),
    );
    const wasFull = layer.isFull;
    send(sipRequest({ method: 'OPTIONS' }));

    expect(opened).toHaveLength(1);
    expect(layer.dropped.overload).toBe(1);
    expect([wasFull, layer.isFull]).toEqual([false, true]);
  });

  it('survives a message whose Via or CSeq cannot be read', () => {
    const { layer, opened } = setup();
    const noVia = sipRequest();
    noVia.headers.set('Via', 'nonsense');
    const noCSeq = sipResponse(sipRequest(), 200);
    noCSeq.headers.remove('CSeq');

    layer.receive(noVia, arrivalFrom());
    layer.receive(noCSeq, arrivalFrom());

    expect(layer.dropped.malformed).toBe(2);
    expect(opened).toEqual([]);
  });

  it('leaves nothing behind when all transactions are abandoned', () => {
    const { time, layer, send } = setup();
    send(sipRequest());
    send(sipRequest({ method: 'OPTIONS' }));
    layer.receive(sipRequest(), arrivalFrom());

    layer.abandonAll();

    expect([layer.clientCount, layer.serverCount, time.pendingCount]).toEqual([0, 0, 0]);
  });
});
