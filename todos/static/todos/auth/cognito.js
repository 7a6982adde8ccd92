/** The Cognito API, for what the hosted page can't do everywhere: new accounts, another password, and proof of the present one. */
import { ask, Problem } from "../sync/api.js";

/** What Cognito's refusals mean here. */
const WORDS = {
  AliasExistsException: "This address can't be used for your account. Please take another.",
  UsernameExistsException: "There is an account with this address already. Sign in, or use another address.",
  InvalidPasswordException:
    "This password is too easy: it needs at least 12 characters, with a small letter, a capital and a digit.",
  InvalidParameterException: "Please look at the address and the password again: one of them can't be used.",
  CodeMismatchException: "This is not the code we sent. Please look at it again.",
  ExpiredCodeException: "This code is too old. Have another sent.",
  CodeDeliveryFailureException: "The code could not be sent to this address.",
  UserNotFoundException: "There is no account with this address.",
  NotAuthorizedException: "This account is confirmed already, or was turned off. Try to sign in.",
  PasswordResetRequiredException: "Your password was reset. Sign out, then in again, and choose another there.",
  LimitExceededException: "That was too often. Please wait a while and try again.",
  TooManyRequestsException: "Too much is going on right now. Please try again in a minute.",
};

/** Those that are NotAuthorizedException like a wrong password, and are told by their message alone. */
const OTHER_WORDS = {
  "User is disabled.": "This account was turned off, or is being deleted.",
  "Password attempts exceeded": WORDS.LimitExceededException,
};

/**
 * One operation, and what it answers. Raises Problem with a sentence of ours, of which `unauthorized` is what
 * NotAuthorizedException means here, or Offline.
 */
async function call(config, operation, body, unauthorized = WORDS.NotAuthorizedException) {
  const words = { ...WORDS, NotAuthorizedException: unauthorized };
  return request(config, operation, body).catch((error) => {
    if (error instanceof Problem)
      error.message =
        OTHER_WORDS[error.message] ?? words[error.type] ?? "That did not work. Please try again in a minute.";
    throw error;
  });
}

async function request(config, operation, body) {
  const answer = await ask(config.endpoints.api, {
    method: "POST",
    headers: {
      "Content-Type": "application/x-amz-json-1.1",
      "X-Amz-Target": `AWSCognitoIdentityProviderService.${operation}`,
    },
    body: JSON.stringify({ ClientId: config.clients.web, ...body }),
  });
  return answer.json();
}

export const signUp = (config, email, password) =>
  call(config, "SignUp", {
    Username: email,
    Password: password,
    UserAttributes: [{ Name: "email", Value: email }],
  });

export const confirmSignUp = (config, email, code) =>
  call(config, "ConfirmSignUp", { Username: email, ConfirmationCode: code });

export const sendCodeAgain = (config, email) => call(config, "ResendConfirmationCode", { Username: email });

/** What Problem's `type` is where the account asks for the code of an authenticator app, and none was given. */
export const CODE_WANTED = "SOFTWARE_TOKEN_MFA";

/** An id token that says the password was given just now. `proof` is {email, password, code}. Raises Problem or Offline. */
export const provePassword = (config, proof) => signedIn(config, proof, async ({ IdToken }) => IdToken);

/** Another password; devices that are signed in stay so. Raises Problem or Offline. */
export const changePassword = (config, proof, proposed) =>
  signedIn(config, proof, ({ AccessToken }) =>
    call(config, "ChangePassword", {
      ClientId: undefined,
      AccessToken,
      PreviousPassword: proof.password,
      ProposedPassword: proposed,
    }),
  );

/**
 * Ask for another address: a code is mailed there, and until it is entered the old one stays. Gives {verify(code),
 * sendAgain(), end()}; one of the first and the last has to end it. Raises Problem or Offline.
 */
export async function askForAddress(config, proof, address) {
  const { AccessToken, end } = await signIn(config, proof);
  const own = (operation, body) =>
    call(config, operation, { ClientId: undefined, AccessToken, ...body }, "That took too long. Please begin again.");
  await own("UpdateUserAttributes", { UserAttributes: [{ Name: "email", Value: address }] }).catch(async (error) => {
    await end();
    throw error;
  });
  return {
    verify: async (code) => {
      await own("VerifyUserAttribute", { AttributeName: "email", Code: code });
      await end();
    },
    sendAgain: () => own("GetUserAttributeVerificationCode", { AttributeName: "email" }),
    end,
  };
}

/** What `act` makes of tokens of the client that takes a password. */
async function signedIn(config, proof, act) {
  const { end, ...tokens } = await signIn(config, proof);
  try {
    return await act(tokens);
  } finally {
    await end();
  }
}

/** Tokens of the client that takes a password, and `end()`, which revokes the refresh token, unused. */
async function signIn(config, { email, password, code }) {
  const client = { ClientId: config.clients.mobile };
  const parameters = { AuthFlow: "USER_PASSWORD_AUTH", AuthParameters: { USERNAME: email, PASSWORD: password } };
  const wrong = "This is not the password of your account.";
  const answer = await call(config, "InitiateAuth", { ...client, ...parameters }, wrong);
  const { AuthenticationResult: tokens } =
    answer.ChallengeName === CODE_WANTED ? await withCode(config, client, email, answer.Session, code) : answer;
  if (!tokens) throw new Problem(400, { message: WORDS.PasswordResetRequiredException }); // the password is a temporary one
  const end = () => call(config, "RevokeToken", { ...client, Token: tokens.RefreshToken }).catch(() => {});
  return { ...tokens, end };
}

/** The second step of who has an authenticator app. */
async function withCode(config, client, email, Session, code) {
  const wrong = (message, type = CODE_WANTED) => Object.assign(new Problem(400, { message }), { type });
  if (!code) throw wrong("Type the code your authenticator app shows, too.");
  const ChallengeResponses = { USERNAME: email, SOFTWARE_TOKEN_MFA_CODE: code };
  const answer = { ...client, ChallengeName: CODE_WANTED, Session, ChallengeResponses };
  return call(config, "RespondToAuthChallenge", answer).catch((error) => {
    const isSpent = ["CodeMismatchException", "ExpiredCodeException"].includes(error.type);
    throw isSpent ? wrong("This code is not right. Wait for the next one your app shows.") : error;
  });
}
