// The script that the root layout prints into <head>: sets the theme's class before anything is painted, so no page flashes.
export const THEME_SCRIPT = `try{var t=localStorage.getItem('drhard-theme');if(t==='dark'||(t!=='light'&&matchMedia('(prefers-color-scheme: dark)').matches))document.documentElement.classList.add('dark')}catch(e){}`
