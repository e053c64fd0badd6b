// Amounts in words, for messages of the server and of steps.

export const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`
export const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`
