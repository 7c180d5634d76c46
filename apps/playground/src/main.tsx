import { render } from 'preact';
import { App } from './app/app.tsx';
import './design/page.css';
import { keepOffline } from './app/keep-offline.ts';

const root = document.getElementById('app');
if (root === null) throw new Error('The page has no #app.');
render(<App />, root);
keepOffline();
