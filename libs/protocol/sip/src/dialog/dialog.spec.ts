import { describe, expect, it } from 'vitest';
import { sipRequest, sipResponse } from '#testkit';
import { Dialog } from './dialog.ts';

const BOB = '<sip:bob@192.0.2.22:5070;transport=tcp>';

function callerDialog(parts: { contact?: string; recordRoute?: readonly string[] } = {}): Dialog {
  const invite = sipRequest({ cseq: 7 });
  return Dialog.asCaller(invite, sipResponse(invite, 200, { contact: BOB, ...parts }));
}

describe('a dialog of the caller', () => {
  it('numbers its requests from the INVITE on and sends them to the Contact of the peer', () => {
    const dialog = callerDialog();

    const first = dialog.createRequest({ method: 'INFO' });
    const second = dialog.createRequest({ method: 'BYE' });

    expect([...first.request.headers.entries()]).toEqual([
      ['Max-Forwards', '70'],
      ['From', '<sip:alice@192.0.2.1>;tag=a'],
      ['To', '<sip:bob@192.0.2.2>;tag=b'],
      ['Call-ID', 'call-1'],
      ['CSeq', '8 INFO'],
    ]);
    expect(first.request.uri).toBe('sip:bob@192.0.2.22:5070;transport=tcp');
    expect(first.nextHop).toBe(first.request.uri);
    expect(second.request.headers.get('CSeq')).toBe('9 BYE');
  });

  it('gives the ACK the number of its INVITE, whatever was sent since', () => {
    const dialog = callerDialog();
    dialog.createRequest({ method: 'INFO' });

    const ack = dialog.createAck(7);

    expect(ack.request.headers.get('CSeq')).toBe('7 ACK');
    expect(dialog.createRequest({ method: 'BYE' }).request.headers.get('CSeq')).toBe('9 BYE');
  });

  it('takes the Record-Route of the 2xx from bottom to top, and keeps it', () => {
    const dialog = callerDialog({ recordRoute: ['<sip:p3;lr>, <sip:p2;lr>', '<sip:p1;lr>'] });

    const reanswer = sipResponse(sipRequest(), 200, { recordRoute: ['<sip:other;lr>'] });
    dialog.refreshTarget(reanswer);
    const { request, nextHop } = dialog.createRequest({ method: 'BYE' });

    expect(request.headers.getAll('Route')).toEqual(['<sip:p1;lr>', '<sip:p2;lr>', '<sip:p3;lr>']);
    expect(nextHop).toBe('sip:p1;lr');
  });

  it('puts a strict router into the request URI and the target behind the route', () => {
    const dialog = callerDialog({ recordRoute: ['<sip:p2;lr>', '<sip:p1>'] });

    const { request, nextHop } = dialog.createRequest({ method: 'BYE' });

    expect(request.uri).toBe('sip:p1');
    expect(nextHop).toBe('sip:p1');
    expect(request.headers.getAll('Route')).toEqual(['<sip:p2;lr>', `<${dialog.target}>`]);
  });

  it('replaces what a provisional response said by what the 2xx says', () => {
    const invite = sipRequest();
    const early = sipResponse(invite, 180, {
      contact: '<sip:x@1.1.1.1>',
      recordRoute: ['<sip:q;lr>'],
    });
    const dialog = Dialog.asCaller(invite, early);

    dialog.confirm(sipResponse(invite, 200, { contact: BOB, recordRoute: ['<sip:p;lr>'] }));

    const { request } = dialog.createRequest({ method: 'BYE' });
    expect(request.uri).toBe('sip:bob@192.0.2.22:5070;transport=tcp');
    expect(request.headers.getAll('Route')).toEqual(['<sip:p;lr>']);
  });

  it.each([
    ['nothing', undefined],
    ['a star', '*'],
    ['another scheme', '<tel:+123>'],
  ])('falls back on the address that was called when Contact is %s', (_name, contact) => {
    const invite = sipRequest();
    const dialog = Dialog.asCaller(
      invite,
      sipResponse(invite, 200, contact === undefined ? {} : { contact }),
    );

    expect(dialog.hasTarget).toBe(false);
    expect(dialog.createAck(1).request.uri).toBe(invite.uri);
  });

  it('strips headers and method from the Contact', () => {
    const dialog = callerDialog({
      contact: '<sip:b;ob?x@192.0.2.3:99;method=INVITE;ob;x=1?Subject=hi>;expires=5',
    });

    expect(dialog.target).toBe('sip:b;ob?x@192.0.2.3:99;ob;x=1');
  });

  it('does not let anybody write its own headers', () => {
    const { request } = callerDialog().createRequest({
      method: 'INFO',
      headers: [
        ['Via', 'SIP/2.0/UDP evil'],
        ['route', '<sip:evil>'],
        ['cseq', '1 INFO'],
        ['X-Fine', 'yes'],
      ],
    });

    expect(request.headers.getAll('CSeq')).toEqual(['8 INFO']);
    expect(request.headers.has('Via')).toBe(false);
    expect(request.headers.has('Route')).toBe(false);
    expect(request.headers.get('X-Fine')).toBe('yes');
  });
});

describe('a dialog of the callee', () => {
  it('takes the Record-Route of the INVITE as it is, and swaps the addresses', () => {
    const invite = sipRequest({
      headers: [
        ['Record-Route', '<sip:p1;lr>'],
        ['Record-Route', '<sip:p2;lr>'],
        ['Contact', '<sip:alice@192.0.2.1:5090>'],
      ],
    });
    const dialog = Dialog.asCallee(invite, sipResponse(invite, 200));

    const { request } = dialog.createRequest({ method: 'BYE' });

    expect(request.uri).toBe('sip:alice@192.0.2.1:5090');
    expect(request.headers.get('From')).toBe('<sip:bob@192.0.2.2>;tag=b');
    expect(request.headers.get('To')).toBe('<sip:alice@192.0.2.1>;tag=a');
    expect(request.headers.getAll('Route')).toEqual(['<sip:p1;lr>', '<sip:p2;lr>']);
  });

  it('accepts growing numbers with gaps, and refuses all others', () => {
    const invite = sipRequest({ cseq: 5 });
    const dialog = Dialog.asCallee(invite, sipResponse(invite, 200));
    const accepts = (cseq: number): boolean =>
      dialog.acceptSequence(sipRequest({ method: 'INFO', cseq }));

    expect([5, 6, 20, 19, 20, 21].map(accepts)).toEqual([false, true, true, false, false, true]);
  });
});
