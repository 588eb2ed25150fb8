import { describe, expect, it } from 'vitest';
import { RouteTable } from './route-table.ts';

describe('the route table', () => {
  const table = new RouteTable();
  table.add({ method: 'POST', url: '/v1/calls', access: 'write' });
  table.add({ method: 'GET', url: '/v1/calls', access: 'write' });
  table.add({ method: 'GET', url: '/v1/calls/:id', access: 'read' });
  table.add({ method: 'OPTIONS', url: '/RESTCall/:method', access: 'open' });
  table.add({ method: 'POST', url: '/RESTCall/call', access: 'wcs' });

  it.each([
    ['/v1/calls', ['GET', 'POST']],
    ['/v1/calls?limit=1', ['GET', 'POST']],
    ['/v1/calls/x', ['GET']],
    ['/v1/calls/', []],
    ['/v1/calls/x/y', []],
    ['/v1', []],
    ['/RESTCall/call', ['OPTIONS', 'POST']],
    ['/RESTCall/nope', []],
    ['', []],
  ])('knows the methods of %j', (url, methods) => {
    expect(table.methodsOf(url)).toEqual(methods);
  });
});
