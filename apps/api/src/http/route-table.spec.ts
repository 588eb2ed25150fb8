import { describe, expect, it } from 'vitest';
import { RouteTable } from './route-table.ts';

describe('the route table', () => {
  const table = new RouteTable();
  table.add({ method: 'POST', url: '/v1/calls', access: 'key' });
  table.add({ method: 'GET', url: '/v1/calls', access: 'key' });
  table.add({ method: 'GET', url: '/v1/calls/:id', access: 'key' });

  it.each([
    ['/v1/calls', ['GET', 'POST']],
    ['/v1/calls?limit=1', ['GET', 'POST']],
    ['/v1/calls/x', ['GET']],
    ['/v1/calls/', []],
    ['/v1/calls/x/y', []],
    ['/v1', []],
    ['', []],
  ])('knows the methods of %j', (url, methods) => {
    expect(table.methodsOf(url)).toEqual(methods);
  });
});
