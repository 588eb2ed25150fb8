import type { ClientMessage, ProxyCommand } from './client-message.ts';
import { buildPayload } from './payload.ts';

function optional(field: string | undefined): string[] {
  return field === undefined ? [] : [field];
}

function proxyFields(message: ProxyCommand): string[] {
  return [
    'proxy',
    message.transactionId,
    message.wantsRecordRoute ? 'remainInDialog' : '',
    message.wantsFullResponse ? 'fullResponse' : '',
    message.followsRedirects ? 'followRedirects' : '',
    message.isSimultaneous ? 'simultaneous' : 'serial',
    message.provisionalTimeout,
    message.finalTimeout,
    ...message.destinations,
  ];
}

function fieldsOf(message: ClientMessage): readonly string[] {
  switch (message.type) {
    case 'authenticate':
      return ['authenticate', message.secret.reveal(), message.tags.join(',')];
    case 'ping':
      return ['ping'];
    case 'route':
      return ['route', message.method];
    case 'removeRoute':
      return ['remove_route', message.method];
    case 'newRequest':
      return ['sip', '', '', ...optional(message.proxy)];
    case 'dialogRequest':
      return ['sip', '', message.dialogId, ...optional(message.proxy)];
    case 'cancel':
      return ['sip', message.transactionId, ''];
    case 'respond':
      return ['sip', message.transactionId, message.dialogId ?? ''];
    case 'proxy':
      return proxyFields(message);
    case 'unknown':
      return message.fields;
  }
}

/** The payload of a client's message, the counterpart of `parseClientMessage`. */
export function buildClientMessage(message: ClientMessage): Uint8Array {
  const fields = [message.id, ...fieldsOf(message)];
  return buildPayload('sip' in message ? { fields, sip: message.sip } : { fields });
}
