// <div data-near hidden> with a button: asks the device where it is, only when pressed, and puts the
// nearest of the places first. Where one is stays on the device.
const EARTH_KM = 6371;
const asking = document.querySelector("[data-near]");

if (asking && navigator.geolocation) {
  asking.hidden = false;
  asking.querySelector("button").addEventListener("click", () => {
    navigator.geolocation.getCurrentPosition(({ coords }) => sort(coords), refused, {
      timeout: 10_000,
      maximumAge: 600_000,
    });
  });
}

function refused() {
  asking.querySelector("[data-near-refused]").hidden = false;
}

function sort({ latitude, longitude }) {
  const places = [...document.querySelectorAll("[data-place]")].map((element) => {
    const [north, east] = element.dataset.place.split(",").map(Number);
    return { element, row: element.closest("li"), far: distance(latitude, longitude, north, east) };
  });
  places.sort((one, other) => one.far - other.far);
  for (const { element, row, far } of places) {
    element.textContent = `${far < 10 ? far.toFixed(1) : Math.round(far)} ${element.dataset.unit}`;
    element.hidden = false;
    row.parentElement.append(row);
  }
}

// The great circle between two places, in kilometres.
function distance(latitude, longitude, north, east) {
  const radians = (degrees) => (degrees * Math.PI) / 180;
  const half =
    Math.sin(radians(north - latitude) / 2) ** 2 +
    Math.cos(radians(latitude)) *
      Math.cos(radians(north)) *
      Math.sin(radians(east - longitude) / 2) ** 2;
  return 2 * EARTH_KM * Math.asin(Math.sqrt(half));
}
