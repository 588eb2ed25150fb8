import './mantine.css';
import '@mantine/notifications/styles.css';
import './dashboard.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Dashboard } from './dashboard.tsx';

const root = document.getElementById('root');
if (root === null) throw new Error('The page has no place for the dashboard.');
createRoot(root).render(
  <StrictMode>
    <Dashboard />
  </StrictMode>,
);
