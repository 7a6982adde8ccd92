// One question of tuf-js, and a download: node client.mjs MODULES FOLDER METADATA_URL TARGETS_URL TARGET
import { createRequire } from "node:module";
import path from "node:path";

const [modules, folder, metadata, targets, wanted] = process.argv.slice(2);
const { Updater } = createRequire(path.join(modules, "x.js"))("tuf-js");
const config = { fetchTimeout: 2000, fetchRetry: 0, fetchRetries: 0 };
const updater = new Updater({
  metadataDir: folder, metadataBaseUrl: metadata, targetDir: folder, targetBaseUrl: targets, config,
});
try {
  await updater.refresh();
  const target = await updater.getTargetInfo(wanted);
  const file = target ? await updater.downloadTarget(target) : "";
  console.log(JSON.stringify({ custom: target?.custom, file }));
} catch (error) {
  console.error(`${error.name}: ${error.message}`);
  process.exit(3);
}
