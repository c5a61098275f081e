import { signedInAgain } from '@/api/client'
import { ApiError, offline, unexplained, type Problem } from '@/api/problem'

/** The largest file that a card takes, in bytes. */
export const largestFile = 25 * 1024 * 1024

/**
 * upload sends a file to a path of the API and tells how far it is, in per cent; fetch does not tell, so it is done as of old. Sent again
 * with the same key, it is stored once.
 */
export function upload<T>(path: string, file: File, key: string, progress: (percent: number) => void): Promise<T> {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest()
    const form = new FormData()
    form.append('file', file, file.name)
    request.open('POST', `/api/v1${path}`)
    request.setRequestHeader('Idempotency-Key', key)
    request.upload.addEventListener('progress', (event) => event.lengthComputable && progress((event.loaded / event.total) * 100))
    request.addEventListener('error', () => failed(offline()))
    request.addEventListener('load', () => {
      const again = request.status === 401 ? signedInAgain() : undefined
      if (again !== undefined) again.then(() => upload<T>(path, file, key, progress)).then(done, failed)
      else if (request.status < 300) done(JSON.parse(request.responseText) as T)
      else failed(refusalOf(request))
    })
    request.send(form)
  })
}

function refusalOf(request: XMLHttpRequest): ApiError {
  try {
    return new ApiError(JSON.parse(request.responseText) as Problem)
  } catch {
    return unexplained(request.status)
  }
}
