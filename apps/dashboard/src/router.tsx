import {
  Navigate,
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
} from '@tanstack/react-router';
import { BridgesPage } from './bridges/bridges-page.tsx';
import { readBridgesSearch } from './bridges/bridges-search.ts';
import { NotFound } from './shell/not-found.tsx';
import { PageError } from './shell/page-error.tsx';
import { Shell } from './shell/shell.tsx';

const rootRoute = createRootRoute({ component: Shell, notFoundComponent: NotFound });

const homeRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/',
  component: () => <Navigate to="/calls" replace />,
});

/** What nearly everybody opens first; the other pages come when they are asked for. */
const bridgesRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/calls',
  validateSearch: readBridgesSearch,
  component: BridgesPage,
});

const newCallRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/calls/new',
  component: lazyRouteComponent(() => import('./new-call/new-call-page.tsx'), 'NewCallPage'),
});

const callRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/calls/$callId',
  component: lazyRouteComponent(() => import('./call/call-page.tsx'), 'CallPage'),
});

/** Every page has its address. */
export const router = createRouter({
  routeTree: rootRoute.addChildren([homeRoute, bridgesRoute, newCallRoute, callRoute]),
  basepath: '/dashboard',
  defaultErrorComponent: PageError,
  defaultPreload: 'intent',
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
