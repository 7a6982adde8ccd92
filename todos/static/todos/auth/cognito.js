/** The Cognito API, for what the hosted page can't do everywhere: new accounts. */
import { ask } from "../sync/api.js";

/** One operation. Raises Problem with Cognito's own sentence, or Offline. */
async function call(config, operation, body) {
  await ask(config.endpoints.api, {
    method: "POST",
    headers: {
      "Content-Type": "application/x-amz-json-1.1",
      "X-Amz-Target": `AWSCognitoIdentityProviderService.${operation}`,
    },
    body: JSON.stringify({ ClientId: config.clients.web, ...body }),
  });
}

export const signUp = (config, email, password) =>
  call(config, "SignUp", {
    Username: email, Password: password, UserAttributes: [{ Name: "email", Value: email }],
  });

export const confirmSignUp = (config, email, code) =>
  call(config, "ConfirmSignUp", { Username: email, ConfirmationCode: code });

export const sendCodeAgain = (config, email) => call(config, "ResendConfirmationCode", { Username: email });
