export { NoRtpPortsError, RtpPortPool } from './rtp-port-pool.ts';
export type { RtpPortPoolOptions } from './rtp-port-pool.ts';
export type { RtpPorts, RtpPortsStats } from './rtp-ports.ts';
