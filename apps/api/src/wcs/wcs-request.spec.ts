import { describe, expect, it } from 'vitest';
import { wcsCallSchema } from '#contracts';
import { Rejection } from '../http/rejection.ts';
import { requestOfWcs } from './wcs-request.ts';

const CONNECTION = { sipLogin: 'login', sipPassword: 'password', sipDomain: 'sip.example.com' };
const FORM = {
  callId: 'c',
  callee: 'room',
  rtmpUrl: 'rtmp://live.example.com/live',
  rtmpStream: 'stream',
};
const call = (change: object = {}, connection: object = {}) =>
  wcsCallSchema.parse({ ...FORM, ...change, connection: { ...CONNECTION, ...connection } });

describe('a WCS request', () => {
  it.each([
    ['room', {}, 'sip:room@sip.example.com:5060'],
    ['+15551234567', { sipPort: '5070' }, 'sip:+15551234567@sip.example.com:5070'],
    ['sip.example.com', {}, 'sip:sip.example.com:5060'],
    ['SIP.Example.com', { sipPort: 5080 }, 'sip:sip.example.com:5080'],
    ['john.smith', {}, 'sip:john.smith@sip.example.com:5060'],
    ['room@other.example.com', {}, 'sip:room@other.example.com'],
    ['sip:room@other.example.com:5062', {}, 'sip:room@other.example.com:5062'],
    ['sips:room@other.example.com', {}, 'sips:room@other.example.com'],
    ['room', { sipDomain: '[2001:db8::1]' }, 'sip:room@[2001:db8::1]:5060'],
  ])('to %s with %j dials %s', (callee, connection, to) => {
    expect(requestOfWcs(call({ callee }, connection)).to).toBe(to);
  });

  it.each([
    [{}, undefined],
    [{ sipOutboundProxy: '' }, undefined],
    [{ sipOutboundProxy: 'edge.example.com' }, 'sip:edge.example.com:5060'],
    [{ sipOutboundProxy: 'edge.example.com', sipPort: '5070' }, 'sip:edge.example.com:5070'],
    [{ sipOutboundProxy: 'sip:edge.example.com:5062' }, 'sip:edge.example.com:5062'],
    [
      { sipOutboundProxy: 'sip:edge.example.com;transport=tcp' },
      'sip:edge.example.com:5060;transport=tcp',
    ],
    [{ sipOutboundProxy: 'sip:ed@ed.example.com;lr' }, 'sip:ed@ed.example.com:5060;lr'],
    [{ sipOutboundProxy: '[2001:db8::1]' }, 'sip:[2001:db8::1]:5060'],
  ])('with %j goes by way of %s', (connection, proxy) => {
    expect(requestOfWcs(call({}, connection)).outboundProxy).toBe(proxy);
  });

  it.each([
    ['false', 'false', 'recvonly'],
    ['true', 'false', 'sendrecv'],
    ['false', 'true', 'sendrecv'],
    ['true', 'true', 'sendrecv'],
    [true, false, 'sendrecv'],
    ['', undefined, 'recvonly'],
  ])('hasAudio %j and hasVideo %j mean %s', (hasAudio, hasVideo, direction) => {
    expect(requestOfWcs(call({ hasAudio, hasVideo })).media.direction).toBe(direction);
  });

  it('says who calls', () => {
    const request = requestOfWcs(
      call({ visibleName: 'Studio' }, { sipAuthenticationName: 'digest' }),
    );

    expect(request.from).toEqual({
      user: 'login',
      domain: 'sip.example.com',
      displayName: 'Studio',
    });
    expect(request.auth).toEqual({
      username: 'login',
      password: 'password',
      authUsername: 'digest',
    });
  });

  it('registers at its domain, if it asks for that', () => {
    const asked = requestOfWcs(call({}, { sipRegisterRequired: 'true', sipPort: '5070' }));
    const not = requestOfWcs(call({}, { sipRegisterRequired: 'false' }));

    expect(asked).toMatchObject({ register: true, registrar: 'sip:sip.example.com:5070' });
    expect(not.register).toBe(false);
    expect(not.registrar).toBeUndefined();
  });

  it('takes empty fields as not given', () => {
    const request = requestOfWcs(
      call({ visibleName: '' }, { sipAuthenticationName: '', sipPassword: '', visibleName: 'X' }),
    );

    expect(request.auth).toBeUndefined();
    expect(request.from.displayName).toBe('X');
  });

  it.each(['a@b@c', 'a@', '@b', 'sip:', 'a@b:0', 'http://x'])('refuses the callee %j', (callee) => {
    let refusal: unknown;
    try {
      requestOfWcs(call({ callee }));
    } catch (error) {
      refusal = error;
    }

    expect(refusal).toBeInstanceOf(Rejection);
    expect(refusal).toMatchObject({ code: 'REQUEST_INVALID', fields: [{ path: 'callee' }] });
  });
});
