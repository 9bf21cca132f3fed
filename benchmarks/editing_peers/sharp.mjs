// sharp: node sharp.mjs TASK OUTPUT FILES…
import path from "node:path";
import sharp from "sharp";

sharp.concurrency(1);
sharp.cache(false);
const [task, output, ...files] = process.argv.slice(2);
const white = { r: 255, g: 255, b: 255 };
const jpeg = { quality: 85, progressive: true };
const tasks = {
  a: (image) => image.resize(1000, 1000, { fit: "cover" }).jpeg(jpeg),
  b: (image) => image.resize(800, 800, { fit: "inside" }).webp({ quality: 75 }),
  c: (image) => image.resize(512, 512, { fit: "inside" }).avif({ quality: 50, effort: 1 }),
  d: (image) =>
    image
      .resize(640, 640, { fit: "contain", background: white })
      .extend({ top: 80, bottom: 80, left: 80, right: 80, background: white })
      .png(),
  e: (image) =>
    image
      .resize(1000, 1000, { fit: "inside" })
      .modulate({ brightness: 1.1, saturation: 1.1 })
      .linear(1.1, -12)
      .jpeg(jpeg),
  f: (image) => image.resize(400, 400, { fit: "inside" }).png(),
  g: (image) => image.resize(1000, 1000, { fit: "inside" }).png(),
};
const endings = { a: "jpeg", b: "webp", c: "avif", d: "png", e: "jpeg", f: "png", g: "png" };
for (const file of files) {
  const name = path.join(output, `${path.parse(file).name}.${endings[task]}`);
  await tasks[task](sharp(file).rotate()).toFile(name);
}
