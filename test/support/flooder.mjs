// Floods a SIP server on 127.0.0.1 from other loopback addresses, as a process of its own: `node flooder.mjs PORT
// SECONDS RATE`. Tells its parent how much it has sent.
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { performance } from 'node:perf_hooks';
import { clearInterval, setInterval } from 'node:timers';

const [port, seconds, rate] = process.argv.slice(2).map(Number);
const SOURCES = 4;
const TICK_MS = 10;
const SILENT_CONNECTIONS = 100;
const SLOW_CONNECTIONS = 20;
const CHURN_PER_TICK = 1;
const AGENTS = ['friendly-scanner', 'sipcli/v1.8', 'Ordinary Phone 1.0'];
const METHODS = ['INVITE', 'REGISTER', 'OPTIONS', 'SUBSCRIBE', 'BYE', 'CANCEL', 'ACK'];

let sent = 0;

function request(source) {
  sent += 1;
  const id = `${process.pid}-${sent}`;
  const method = METHODS[sent % METHODS.length];
  if (sent % 11 === 0) return `${method} garbage \u0000${'x'.repeat(sent % 900)}\r\n\r\n`;
  return [
    `${method} sip:100@127.0.0.1:${port} SIP/2.0`,
    `Via: SIP/2.0/UDP ${source};branch=z9hG4bK${id}`,
    'Max-Forwards: 70',
    `From: <sip:100@${source}>;tag=${id}`,
    `To: <sip:100@127.0.0.1>${sent % 13 === 0 ? ';tag=guessed' : ''}`,
    `Call-ID: ${id}`,
    `CSeq: 1 ${method}`,
    `Contact: <sip:100@${source}>`,
    `User-Agent: ${AGENTS[sent % AGENTS.length]}`,
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');
}

const sockets = Array.from({ length: SOURCES }, (_, index) => {
  const address = `127.0.1.${index + 1}`;
  const socket = createSocket('udp4');
  socket.on('error', () => undefined);
  socket.bind(0, address);
  return { socket, address };
});

function open(localAddress) {
  const connection = connect({ host: '127.0.0.1', port, localAddress });
  connection.on('error', () => undefined);
  connection.resume();
  return connection;
}

const silent = Array.from({ length: SILENT_CONNECTIONS }, () => open('127.0.2.1'));
const slow = Array.from({ length: SLOW_CONNECTIONS }, () => open('127.0.2.2'));
const startedMs = performance.now();
let ticks = 0;

const timer = setInterval(() => {
  const elapsedMs = performance.now() - startedMs;
  while (sent < (elapsedMs / 1000) * rate) {
    const { socket, address } = sockets[sent % SOURCES];
    socket.send(request(address), port, '127.0.0.1');
  }
  ticks += 1;
  for (const connection of slow) if (ticks % 10 === 0) connection.write('I');
  for (let i = 0; i < CHURN_PER_TICK; i += 1) {
    const connection = open('127.0.2.3');
    connection.end(request('127.0.2.3'));
    sent -= 1;
  }
  if (elapsedMs > seconds * 1000) end();
}, TICK_MS);

function end() {
  clearInterval(timer);
  for (const connection of [...silent, ...slow]) connection.destroy();
  for (const { socket } of sockets) socket.close();
  process.send?.({ sent }, () => process.exit(0));
}
process.on('disconnect', () => process.exit(1));
