export { NoRtpPortsError, RtpPortPool } from './rtp-port-pool.ts';
export type { RtpPorts } from './rtp-ports.ts';
