// /datasets/<id>: what is in a data set.
import { DatasetView } from '@/components/datasets/dataset-view'

export default async function DatasetPage({ params }: { params: Promise<{ datasetId: string }> }) {
  const { datasetId } = await params
  return <DatasetView key={datasetId} id={datasetId} />
}
