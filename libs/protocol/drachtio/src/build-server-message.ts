import { buildPayload } from './payload.ts';
import type { Passage, RefusedReply, ServerMessage, SipDelivery } from './server-message.ts';

const SENT = ['Msg sent:', ''];

function passageFields(passage: Passage): string[] {
  const { source, sizeBytes, protocol, address, port, time } = passage;
  return [source, String(sizeBytes), protocol, address, String(port), time];
}

function refusal({ verdict, reason }: RefusedReply): string[] {
  return [verdict, reason.replace(/[|\r\n]+/g, ' ')];
}

function deliveryFields(message: SipDelivery): string[] {
  const { receivedOn } = message;
  const local = receivedOn === undefined ? [] : [receivedOn.address, String(receivedOn.port)];
  return [...passageFields(message.passage), message.transactionId, message.dialogId, ...local, ''];
}

type Reply = Exclude<ServerMessage, { readonly type: 'sip' | 'cdr' }>;

function replyFields(reply: Reply): string[] {
  switch (reply.type) {
    case 'ok':
      return ['OK'];
    case 'pong':
      return ['OK', 'pong'];
    case 'proxyDone':
      return ['OK', 'done'];
    case 'authenticated':
      return ['OK', reply.hostports.join(','), reply.version, reply.localHostports.join(',')];
    case 'refused':
      return refusal(reply);
    case 'requestSent':
      return ['OK', ...passageFields(reply.passage), reply.transactionId, ...SENT];
    case 'responseSent':
      return [
        'OK',
        ...passageFields(reply.passage),
        reply.transactionId,
        reply.dialogId,
        '',
        ...SENT,
      ];
    case 'proxyProgress':
      return ['OK', ...passageFields(reply.passage), '', '', 'continue'];
  }
}

function fieldsOf(message: ServerMessage): string[] {
  if (message.type === 'sip') return ['sip', ...deliveryFields(message)];
  if (message.type !== 'cdr') return ['response', message.replyTo, ...replyFields(message)];
  const detail = message.detail === undefined ? [] : [message.detail];
  return [`cdr:${message.event}`, message.source, message.time, ...detail];
}

/** The payload of a server's message, the counterpart of `parseServerMessage`. */
export function buildServerMessage(message: ServerMessage): Uint8Array {
  const fields = [message.id, ...fieldsOf(message)];
  return buildPayload('sip' in message ? { fields, sip: message.sip } : { fields });
}
