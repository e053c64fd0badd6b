// /datasets: data sets and their import.
import { DatasetsView } from '@/components/datasets/datasets-view'

export const metadata = { title: 'Data sets · DRhard Studio' }

export default function DatasetsPage() {
  return <DatasetsView />
}
