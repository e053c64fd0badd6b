// /login: where people sign in when the dashboard is open to other machines.
import { LoginView } from '@/components/access/login-view'

export const metadata = { title: 'Sign in · DRhard Studio' }

export default async function LoginPage({ searchParams }: { searchParams: Promise<{ next?: string }> }) {
  const { next } = await searchParams
  return <LoginView next={next ?? '/runs'} />
}
