// sharp as `benchmarks.drawing` asks it: node drawing.js WAY FILE FOLDER. See benchmarks/pictures.py for what is said.
const fs = require("node:fs");
const readline = require("node:readline");

const SIZES = [1280, 640, 320];
const bare = megabytes();
const sharp = require("sharp");
sharp.cache(false); // or the second drawing would be the first one's
sharp.concurrency(1);
const [way, file, folder] = process.argv.slice(2);

function megabytes() {
  return Number(/VmHWM:\s+(\d+)/.exec(fs.readFileSync("/proc/self/status", "utf8"))[1]) / 1024;
}

const webp = (image) => image.webp({ quality: 80, effort: 4 }).toBuffer();
const within = (size) => [size, size, { fit: "inside", withoutEnlargement: true, kernel: "cubic" }];

// As sharp's guide has it: each size from the file.
async function each() {
  const drawn = [];
  for (const size of SIZES)
    drawn.push(
      await webp(
        sharp(file)
          .rotate()
          .resize(...within(size)),
      ),
    );
  return drawn;
}

// What this project does, by sharp's means: each size from the one above.
async function cascade() {
  const drawn = [];
  let image = sharp(file).rotate();
  for (const size of SIZES) {
    const { data, info } = await image
      .resize(...within(size))
      .raw()
      .toBuffer({ resolveWithObject: true });
    const pixels = () => sharp(data, { raw: { width: info.width, height: info.height, channels: info.channels } });
    drawn.push(await webp(pixels()));
    image = pixels();
  }
  return drawn;
}

const draw = { each, cascade }[way];

async function main() {
  const drawn = await draw();
  for (const [number, data] of drawn.entries()) fs.writeFileSync(`${folder}/${SIZES[number]}.webp`, data);
  console.log(JSON.stringify({ bare }));
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const taken = [];
    for (let left = JSON.parse(line).times; left; left -= 1) {
      const begun = process.cpuUsage();
      await draw();
      const { user, system } = process.cpuUsage(begun);
      taken.push(user + system);
    }
    console.log(JSON.stringify(taken));
  }
}

main();
