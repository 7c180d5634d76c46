import { effect, signal } from '@preact/signals';

export type Theme = 'system' | 'light' | 'dark';
const themes: readonly Theme[] = ['system', 'light', 'dark'];
const place = 'longspan-theme';

const stored = (): Theme => {
  try {
    return themes.find((each) => each === localStorage.getItem(place)) ?? 'system';
  } catch {
    return 'system'; // a page without storage, such as a sandboxed frame
  }
};

export const theme = signal<Theme>(stored());

/** Whether the page is dark now, for what draws on a canvas. */
const prefersDark = matchMedia('(prefers-color-scheme: dark)');
const systemIsDark = signal(prefersDark.matches);
prefersDark.addEventListener('change', ({ matches }) => {
  systemIsDark.value = matches;
});
export const isDark = (): boolean => (theme.value === 'system' ? systemIsDark.value : theme.value === 'dark');

effect(() => {
  document.documentElement.dataset['theme'] = theme.value;
  try {
    localStorage.setItem(place, theme.value);
  } catch {
    // The choice then lasts as long as the page.
  }
});

export const nextTheme = (): void => {
  theme.value = themes[(themes.indexOf(theme.value) + 1) % themes.length] as Theme;
};
