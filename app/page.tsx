// The start page is the list of runs.
import { redirect } from 'next/navigation'

export default function StartPage() {
  redirect('/runs')
}
