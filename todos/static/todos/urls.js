/** Addresses, as the server wrote it into the page. */
const { todos, uploads, live, reminders, mydata, config, site, page, session, worker, signup } = document.documentElement.dataset;

/** The API of to-dos, of uploads, of reminders, of the user's data and of tickets for live updates (empty where there are none), how to sign in, this page on the site it belongs to, its session, its worker. */
export const urls = Object.freeze({ todos, uploads, live, reminders, mydata, config, site, page, session, worker });

/** Whether accounts are made in this page, because the embedded AWS's sign-in page can't; else Cognito's page does. */
export const SIGNS_UP_HERE = signup === "here";
